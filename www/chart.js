// A price line that scrolls smoothly. SVG, so it is sharp on every screen and takes its colours from the style sheet.

const WINDOW = 30_000; // milliseconds on show
const LAG = 400; // drawn this far behind the present, so that there is always a next point to move towards
const LABELS = 62; // pixels kept free on the right

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Draws what `read()` gives, `{ points: [[at, price]], gaps: [[from, to]] }`, for as long as the page lives. */
export function chart(svg, read) {
  const parts = build(svg);
  let range; // the shown [low, high], eased towards the real one
  let shown; // the points drawn last: another array is another symbol, and the range starts anew

  function draw() {
    const { points, gaps } = read();
    const width = svg.clientWidth;
    const height = svg.clientHeight;
    if (points.length < 2 || !width) return;
    const edge = Date.now() - LAG;
    const visible = upTo(points, edge);
    if (visible.length < 2) {
      parts.clear();
      return;
    }

    const wanted = extent(visible);
    range = points === shown && !calm.matches ? ease(range, wanted) : wanted;
    shown = points;

    const plot = width - LABELS;
    const x = (at) => plot * (1 - (edge - at) / WINDOW);
    const y = (price) => height - 14 - ((price - range[0]) / (range[1] - range[0])) * (height - 28);
    const line = visible.map(([at, price]) => `${x(at).toFixed(1)},${y(price).toFixed(1)}`);
    const last = visible.at(-1);

    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    parts.line.setAttribute("points", line.join(" "));
    parts.area.setAttribute(
      "points",
      `${x(visible[0][0])},${height} ${line.join(" ")} ${x(last[0])},${height}`,
    );
    parts.dot.setAttribute("cx", x(last[0]));
    parts.dot.setAttribute("cy", y(last[1]));
    parts.dot.classList.toggle("stale", edge - last[0] > 1_000);
    parts.gaps.setAttribute(
      "d",
      gaps
        .map(([from, to]) => {
          const left = Math.max(0, x(from));
          const right = Math.min(plot, x(to ?? edge));
          return right > left ? `M${left} 0H${right}V${height}H${left}Z` : "";
        })
        .join(""),
    );
    parts.scale(range, y, plot);
  }

  if (calm.matches) setInterval(draw, 1_000);
  else
    requestAnimationFrame(function frame() {
      draw();
      requestAnimationFrame(frame);
    });
}

/** The points inside the window, the newest one moved to where the line would be at `edge`. */
function upTo(points, edge) {
  const first = Math.max(0, points.findIndex(([at]) => at > edge - WINDOW) - 1);
  const next = points.findIndex(([at]) => at > edge);
  if (next === -1) return points.slice(first);
  const visible = points.slice(first, next);
  if (next > 0) {
    const [at0, price0] = points[next - 1];
    const [at1, price1] = points[next];
    visible.push([edge, price0 + ((price1 - price0) * (edge - at0)) / (at1 - at0)]);
  }
  return visible;
}

function extent(points) {
  const prices = points.map(([, price]) => price);
  const low = Math.min(...prices);
  const high = Math.max(...prices);
  const margin = Math.max((high - low) * 0.12, 0.05);
  return [low - margin, high + margin];
}

function ease([low, high], [wantedLow, wantedHigh]) {
  return [low + (wantedLow - low) * 0.08, high + (wantedHigh - high) * 0.08];
}

function build(svg) {
  const make = (name, className) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    element.setAttribute("class", className);
    svg.append(element);
    return element;
  };
  const gaps = make("path", "chart-gap");
  const rules = [0, 1, 2].map(() => make("line", "chart-rule"));
  const area = make("polygon", "chart-area");
  const line = make("polyline", "chart-line");
  const dot = make("circle", "chart-dot");
  dot.setAttribute("r", 4);
  const labels = rules.map(() => make("text", "chart-label"));
  return {
    gaps,
    area,
    line,
    dot,
    clear() {
      for (const element of [line, area]) element.setAttribute("points", "");
    },
    scale([low, high], y, plot) {
      rules.forEach((rule, i) => {
        const price = low + (high - low) * [0.1, 0.5, 0.9][i];
        rule.setAttribute("x1", 0);
        rule.setAttribute("x2", plot);
        rule.setAttribute("y1", y(price));
        rule.setAttribute("y2", y(price));
        labels[i].setAttribute("x", plot + 10);
        labels[i].setAttribute("y", y(price) + 4);
        labels[i].textContent = price.toFixed(2);
      });
    },
  };
}
