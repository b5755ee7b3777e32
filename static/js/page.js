// The page as a whole: focus what asks for it, and send no form twice.
document.querySelector("[data-focus]")?.focus();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent && !form.dataset.again) { event.preventDefault(); return; }
  if (form.method !== "post" || event.defaultPrevented || form.hasAttribute("hx-post")) return;
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
// Coming back by the browser's button finds the forms usable again.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));
