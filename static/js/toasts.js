// Notices leave after six seconds unless somebody is reading them.
const leave = (toast) => { toast.classList.add("leaving"); setTimeout(() => toast.remove(), 200); };
const watch = (toast) => {
  let timer = setTimeout(leave, 6000, toast);
  const wait = () => clearTimeout(timer);
  const go = () => { wait(); timer = setTimeout(leave, 6000, toast); };
  toast.addEventListener("mouseenter", wait);
  toast.addEventListener("focusin", wait);
  toast.addEventListener("mouseleave", go);
  toast.addEventListener("focusout", go);
};
document.querySelectorAll("[data-toast]:not(.red)").forEach(watch);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close]");
  if (button) leave(button.closest("[data-toast]"));
});
