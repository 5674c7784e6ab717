// Tags are typed with commas between: what is offered is the next one, after those before it.
const box = document.querySelector("[data-tags]");
const offered = [...(box?.list?.options ?? [])].map((option) => option.value);

box?.addEventListener("input", () => {
  const before = box.value.slice(0, box.value.lastIndexOf(",") + 1);
  box.list.replaceChildren(...offered.map((name) => new Option("", before ? `${before} ${name}` : name)));
});
