//! Colours of runs: the same on the screen of the workspace and on the page of a report.

use super::marks::COLOURS;

/// On dark paper.
pub const ON_DARK: [[u8; 3]; COLOURS] = [
    [86, 180, 233],
    [245, 166, 35],
    [38, 190, 145],
    [220, 140, 190],
    [240, 228, 110],
    [230, 110, 60],
    [158, 132, 248],
    [90, 214, 220],
    [166, 214, 80],
    [240, 92, 120],
    [204, 172, 132],
    [142, 162, 194],
];

/// On light paper.
pub const ON_LIGHT: [[u8; 3]; COLOURS] = [
    [0, 114, 178],
    [190, 90, 0],
    [0, 120, 90],
    [160, 60, 130],
    [110, 100, 0],
    [170, 50, 20],
    [95, 60, 180],
    [0, 118, 140],
    [66, 118, 0],
    [190, 20, 70],
    [120, 80, 40],
    [70, 85, 110],
];
