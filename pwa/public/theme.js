// Runs before the first paint, so that a chosen theme never flashes. Classic and small: the policy allows no inline script.
(() => {
  try {
    const theme = localStorage.getItem('sotto.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is refused: the system's theme it is.
  }
})();
