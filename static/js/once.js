// A form is sent once, however often its button is pressed; a page that is come back to can send again.
const sent = new WeakSet();

document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (sent.has(event.target)) event.preventDefault();
  sent.add(event.target);
});

window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
