// Shows the OpenAPI document by Swagger UI; calls go out in the name of who is signed in.
const place = document.querySelector("[data-api-docs]");

function withToken(request) {
  if (request.method && request.method !== "GET") {
    request.headers["X-CSRFToken"] = place.dataset.csrfToken;
  }
  return request;
}

if (place && window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    url: place.dataset.apiDocs,
    domNode: place,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    docExpansion: "none",
    filter: true,
    requestInterceptor: withToken,
  });
}
