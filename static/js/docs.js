// Opens the interactive reference; the key typed into it stays in this tab.
window.SwaggerUIBundle({
  dom_id: "#reference",
  url: document.querySelector("#reference").dataset.document,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
