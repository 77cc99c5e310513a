(function () {
  "use strict";
  var drawn = document.getElementById("as-of");
  var old = document.getElementById("old");
  if (drawn && old && Date.now() - Date.parse(drawn.dateTime) > 900000) old.hidden = false;
})();
