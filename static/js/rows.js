// Rows are selected: all on the page, or with shift from one to another; the bar says how many.
const boxes = () => [...document.querySelectorAll("[data-select]")];
const page = document.querySelector("[data-select-page]");
const all = document.querySelector("[data-select-all]");
let last;

function count() {
  const told = document.querySelector("[data-count]");
  if (!told) return;
  const chosen = boxes().filter((box) => box.checked);
  told.textContent = all?.checked ? "All selected" : `${chosen.length} selected`;
  page.checked = chosen.length > 0 && chosen.length === boxes().length;
  page.indeterminate = chosen.length > 0 && !page.checked;
}

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("[data-select]")) return;
  const every = boxes();
  const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) for (const one of every.slice(from, to + 1)) one.checked = box.checked;
  last = box;
  count();
});

page?.addEventListener("change", () => {
  for (const box of boxes()) box.checked = page.checked;
  count();
});
all?.addEventListener("change", count);
if (page) page.hidden = false;
count();

// What is done to one row is sent, and shown, without a new page. If that is not to be, it is loaded.
async function send(row, url, options) {
  const response = await fetch(url, options);
  const there = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!there.querySelector(".todo-row, .empty") || (!response.ok && !there.getElementById(row.id))) throw response;
  show(there, row);
}

function show(there, row) {
  const main = document.querySelector("main");
  main.querySelector(":scope > .notices")?.remove();
  const notices = there.querySelector("main > .notices");
  if (notices) main.prepend(notices);
  const fresh = there.getElementById(row.id);
  const box = row.querySelector("[data-select]");
  const next = fresh ?? row.nextElementSibling ?? row.previousElementSibling;
  const focused = document.activeElement.classList[0];
  const fresher = fresh?.querySelector("[data-select]");
  if (fresher && box?.checked) fresher.checked = true;
  const input = fresh?.querySelector("[autofocus]");
  input?.removeAttribute("autofocus"); // else browsers say that they did not heed it
  if (row.classList.contains("is-here")) next?.classList.add("is-here");
  fresh ? row.replaceWith(fresh) : row.remove();
  recount(main, there);
  const again = fresh && focused ? fresh.querySelector(`.${focused}`) : null;
  (input ?? again ?? next?.querySelector("[data-open]"))?.focus();
}

// How many there are, which is told in two places, and how many of them are selected.
function recount(main, there) {
  for (const told of [".page-head h1 + p", "[for=bulk-all]"]) {
    const fresh = there.querySelector(told);
    if (fresh) main.querySelector(told)?.replaceWith(fresh);
  }
  count();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("tr a[data-live]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  send(link.closest("tr"), link.href).catch(() => location.assign(link.href));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const row = form.closest("tr.todo-row");
  if (!row || event.defaultPrevented) return;
  event.preventDefault();
  send(row, form.action, { method: "POST", body: new FormData(form) }).catch(() => form.submit());
});
