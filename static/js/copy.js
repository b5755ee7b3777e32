// Copy a value (a fingerprint) and say so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const said = button.querySelector("[data-copied]");
  said.hidden = false;
  setTimeout(() => { said.hidden = true; }, 2000);
});
