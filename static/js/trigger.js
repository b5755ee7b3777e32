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

  // What is typed while an answer is on its way is newer than the answer: it goes into the rows that come.
  const typed = new Map();
  const sent = new WeakMap();
  let moment = 0;
  let asked = 0;
  form.addEventListener("input", ({ target }) => {
    if (!target.id) return;
    moment += 1;
    typed.set(target.id, { moment, value: target.value, checked: target.checked, caret: target.selectionStart });
  });
  form.addEventListener("htmx:beforeRequest", (event) => {
    sent.set(event.detail.xhr, moment);
    if (event.target === form) asked = moment;
  });
  // A row that was dropped moves those below it up by one.
  const moved = (id, drop) => {
    const [, name, number] = id.match(/^(\w+)-(\d+)$/) ?? [];
    const [kind, row] = drop?.split(":") ?? [];
    const among = kind === "condition" ? ["fact", "operator", "value"] : [kind];
    if (!drop || !name || !among.includes(name) || Number(number) < Number(row)) return id;
    return number === row ? null : `${name}-${number - 1}`;
  };
  const put = (id, { value, checked }) => {
    const field = document.getElementById(id);
    if (field?.matches("[type=checkbox], [type=radio]")) field.checked = checked;
    else if (field?.matches("select") && ![...field.options].some((option) => option.value === value)) return;
    else if (field) field.value = value;
  };
  const restore = (since, drop, only = "") => {
    for (const [id, kept] of typed) {
      const place = kept.moment > since && id.startsWith(only) && moved(id, drop);
      if (place) put(place, kept);
    }
  };
  let focused = "";
  const since = (detail) => [sent.get(detail.xhr), detail.requestConfig.parameters.drop];
  form.addEventListener("htmx:beforeSwap", () => { focused = document.activeElement?.id; });
  form.addEventListener("htmx:afterSwap", ({ detail }) => { if (detail.target?.id === "builder") restore(...since(detail)); });
  form.addEventListener("htmx:oobAfterSwap", () => restore(asked, "", "state-"));
  // Whoever types goes on where he was.
  form.addEventListener("htmx:afterSettle", ({ detail }) => {
    const kept = typed.get(focused);
    const [start, drop] = since(detail);
    if (detail.target?.id !== "builder" || !(kept?.moment > start)) return;
    const field = document.getElementById(moved(focused, drop));
    field?.focus();
    if (field?.matches("input:not([type=checkbox], [type=radio])")) field.setSelectionRange(kept.caret, kept.caret);
  });
}
