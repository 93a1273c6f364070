// The line between this page and the server, drawn as a rope: tight while open, slack while it is being tied,
// on the ground while it is broken. Messages run along it as small waves. Decoration only: the state is also in words.

const KNOTS = 30;
const PEG = 26; // distance of the pegs from the top
const GROUND = 14; // distance of the ground from the bottom
const EDGE = 14; // distance of the posts from the sides
// How far the rope hangs down, as a share of the height of its pegs. In the other states it is let go.
const SAG = { open: 0, restoring: 0.15, authenticating: 0.3, connecting: 0.5, closing: 0.3 };
const WAVE_MS = 650;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Draws into `svg`; returns `{ show(stateName), wave("out" | "in") }`. */
export function rope(svg) {
  const [ground, post, strand] = svg.querySelectorAll("path");
  const pegs = svg.querySelectorAll("circle");
  const knots = Array.from({ length: KNOTS }, () => ({ x: 0, y: 0, px: 0, py: 0 }));
  let waves = [];
  let size = { width: 0, height: 0 };
  let state = "idle";
  let running = false;

  function resize() {
    size = { width: svg.clientWidth, height: svg.clientHeight };
    const { width, height } = size;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    ground.setAttribute("d", `M0 ${height - GROUND + 2}H${width}`);
    post.setAttribute(
      "d",
      `M${EDGE} ${PEG - 12}V${height - GROUND + 2}M${width - EDGE} ${PEG - 12}V${height - GROUND + 2}`,
    );
    pegs.forEach((peg, i) => {
      peg.setAttribute("cx", i ? width - EDGE : EDGE);
      peg.setAttribute("cy", PEG);
    });
    knots.forEach((knot, i) => {
      knot.x = knot.px = EDGE + ((width - 2 * EDGE) * i) / (KNOTS - 1);
      knot.y = knot.py = PEG + (state === "open" ? 0 : Math.sin((Math.PI * i) / (KNOTS - 1)) * 20);
    });
    run();
  }

  /** One step of the rope: it falls, it lies on the ground, its pieces keep their length, its ends are held. */
  function step() {
    const { width, height } = size;
    const span = width - 2 * EDGE;
    const floor = height - GROUND;
    const tied = state in SAG;
    const sag = tied ? SAG[state] * (floor - PEG) : 0;
    const piece = (tied ? span + (8 * sag ** 2) / (3 * span) : span * 0.97) / (KNOTS - 1);
    const tight = tied && sag === 0;
    let moved = 0;
    for (const knot of knots) {
      const onGround = knot.y >= floor - 0.5;
      const vx = (knot.x - knot.px) * (onGround ? 0.5 : 0.96);
      const vy = (knot.y - knot.py) * 0.96;
      [knot.px, knot.py] = [knot.x, knot.y];
      knot.x = Math.max(EDGE, knot.x + vx);
      knot.y = Math.min(floor, knot.y + vy + (tight ? (PEG - knot.y) * 0.06 : 0.5)); // tension outweighs gravity
    }
    const end = knots[KNOTS - 1];
    if (!tied) end.x += 0.8; // a fallen rope straightens itself
    const hold = tied && {
      x: end.x + (width - EDGE - end.x) * 0.2,
      y: end.y + (PEG - end.y) * 0.2,
    };
    for (let round = 0; round < 60; round++) {
      Object.assign(knots[0], { x: EDGE, y: PEG });
      if (hold) Object.assign(end, hold);
      for (let i = 1; i < KNOTS; i++) keepApart(knots[i - 1], knots[i], piece);
      for (const knot of knots) knot.y = Math.min(floor, Math.max(PEG - 12, knot.y));
    }
    Object.assign(knots[0], { x: EDGE, y: PEG });
    if (hold) Object.assign(end, hold);
    for (const knot of knots)
      moved = Math.max(moved, Math.abs(knot.x - knot.px), Math.abs(knot.y - knot.py));
    return moved;
  }

  function draw(now) {
    waves = waves.filter((wave) => now - wave.start < WAVE_MS);
    const lift = (i) =>
      waves.reduce((sum, { start, out }) => {
        const along = (now - start) / WAVE_MS;
        const distance = i / (KNOTS - 1) - (out ? along : 1 - along);
        return (
          sum +
          Math.exp(-((distance / 0.045) ** 2)) * 13 * Math.sin(Math.PI * along) * (out ? -1 : 1)
        );
      }, 0);
    const at = knots.map((knot, i) => [knot.x, knot.y + lift(i)]);
    let d = `M${at[0]}`;
    for (let i = 1; i < KNOTS - 1; i++)
      d += `Q${at[i]} ${(at[i][0] + at[i + 1][0]) / 2},${(at[i][1] + at[i + 1][1]) / 2}`;
    strand.setAttribute("d", `${d}L${at[KNOTS - 1]}`);
  }

  /** Runs until the rope hangs still. Without motion it is drawn once, as it ends up. */
  function run() {
    if (!size.width) return;
    if (calm.matches) {
      for (let i = 0; i < 300; i++) step();
      return draw(performance.now());
    }
    if (running) return;
    running = true;
    requestAnimationFrame(function frame(now) {
      const moved = step();
      draw(now);
      running = moved > 0.02 || waves.length > 0;
      if (running) requestAnimationFrame(frame);
    });
  }

  new ResizeObserver(resize).observe(svg);
  return {
    show(name) {
      state = name;
      svg.dataset.link = name;
      run();
    },
    wave(direction) {
      if (state !== "open" || calm.matches || waves.length > 6) return;
      waves.push({ start: performance.now(), out: direction === "out" });
      run();
    },
  };
}

function keepApart(a, b, length) {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const distance = Math.hypot(dx, dy) || 0.001;
  const share = (distance - length) / distance / 2;
  a.x += dx * share;
  a.y += dy * share;
  b.x -= dx * share;
  b.y -= dy * share;
}
