"""Intervals for shares."""


def wilson(hits: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Give the interval (95 % by default) for a share of `hits` in `n` (Wilson 1927); (0, 1) if n is 0."""
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    centre = share + z * z / (2 * n)
    spread = z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    scale = 1 + z * z / n
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)
