// The trigger editor: "on" is out of reach from the first change until the dry run of that change is shown.
const form = document.querySelector("[data-trigger]");

if (form) {
  form.addEventListener("input", (event) => {
    if (event.target.name === "state" || event.target.name === "check") return;
    const on = document.getElementById("state-on");
    if (on && !on.checked) on.disabled = true;
  });
  // Enter in a field saves; it must not press the first button that only redraws rows.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input:not([type=checkbox], [type=radio])")) return;
    event.preventDefault();
    if (event.target.name !== "check") form.querySelector("[name=save]").click();
  });
}
