// Before the first paint: the person's choice of light or dark, from the profile.
document.documentElement.dataset.theme = document.querySelector("meta[name=theme]")?.content ?? "auto";
