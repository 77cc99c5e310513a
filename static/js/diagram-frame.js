// Runs inside of the sandboxed frame alone: draws the one text that it is sent, and says how high
// the drawing is. Whatever the text makes of Mermaid, there is nothing here to reach.
addEventListener("message", async ({ data, source: from }) => {
  if (from !== parent || typeof data?.source !== "string") return;
  try {
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      theme: data.dark ? "dark" : "default",
      htmlLabels: false,
      flowchart: { htmlLabels: false },
      maxTextSize: 20000,
      maxEdges: 300,
      suppressErrorRendering: true,
      secure: [
        "secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "htmlLabels",
        "flowchart", "theme", "themeCSS", "themeVariables", "fontFamily", "dompurifyConfig",
        "suppressErrorRendering",
      ],
    });
    const { svg } = await mermaid.render("drawing", data.source);
    const place = document.getElementById("place");
    place.innerHTML = svg;
    const height = place.firstElementChild.getBoundingClientRect().height;
    parent.postMessage({ ok: true, height: height + 16 }, "*");
  } catch {
    parent.postMessage({ ok: false, height: 0 }, "*");
  }
});
parent.postMessage({ ready: true }, "*");
