// Light, dark or as the system. The style sheet uses light-dark(), so `color-scheme` is all there is to set.

const CHOICES = [
  { scheme: "light dark", name: "as the system" },
  { scheme: "light", name: "light" },
  { scheme: "dark", name: "dark" },
];

/** Makes `button` go round the three choices; the choice is kept in this browser. */
export function themeButton(button) {
  let chosen = Math.max(
    0,
    CHOICES.findIndex((c) => c.scheme === localStorage.getItem("theme")),
  );
  const apply = () => {
    const { scheme, name } = CHOICES[chosen];
    document.documentElement.style.colorScheme = scheme;
    button.dataset.scheme = name;
    button.setAttribute("aria-label", `Theme: ${name}`);
    button.title = `Theme: ${name}`;
  };
  apply();
  button.addEventListener("click", () => {
    chosen = (chosen + 1) % CHOICES.length;
    localStorage.setItem("theme", CHOICES[chosen].scheme);
    apply();
  });
}
