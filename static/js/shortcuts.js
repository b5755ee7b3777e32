// "/" goes to the search, "C" to the comment; off in fields.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  const field = { "/": "[data-search]", c: "[data-comment]", "с": "[data-comment]" }[event.key];
  const target = field && document.querySelector(field);
  if (target) { event.preventDefault(); target.focus(); }
});
