/** The value that a share of the values lies below. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)];
  return low + (sorted[Math.ceil(place)] - low) * (place % 1);
}

/** The median, and half of the range in which the middle half of the values lies. */
export const middle = (values) => ({
  value: quantile(values, 0.5),
  spread: (quantile(values, 0.75) - quantile(values, 0.25)) / 2,
});
