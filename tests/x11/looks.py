"""Small programs that look at the screen; each runs by itself, on the display of its environment."""

# Saves the screen and prints where the lowest large area in the accent colour has its centre: the Send button.
GRAB = """
import sys
from PySide6.QtWidgets import QApplication
app = QApplication([])
picture = app.primaryScreen().grabWindow(0)
picture.save(sys.argv[1])
image, accents = picture.toImage(), {int(c[1:], 16) for c in sys.argv[2].split(',')}
spots = [(x, y) for y in range(image.height() // 2, image.height(), 2) for x in range(0, image.width(), 2)
         if image.pixel(x, y) & 0xFFFFFF in accents]
if len(spots) > 300:
    xs, ys = sorted(x for x, _ in spots), sorted(y for _, y in spots)
    print(xs[len(xs) // 2], ys[len(ys) // 2])
"""


# Ends when nothing on the screen has moved for a second.
STILL = """
import time
from PySide6.QtWidgets import QApplication
app = QApplication([])
before = None
while True:
    now = app.primaryScreen().grabWindow(0).toImage()
    if now == before:
        break
    before = now
    time.sleep(1)
"""


# Saves the screen with 256 of its colours: the frequent ones that differ; each other pixel gets the nearest.
KEEP = """
import sys
from collections import Counter
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
app = QApplication([])
image = app.primaryScreen().grabWindow(0).toImage().convertToFormat(QImage.Format.Format_RGB32)
pixels = memoryview(image.constBits()).cast('I')
colours = [colour for colour, _ in Counter(pixels).most_common()]
def far(one, two):
    return sum(((one >> shift & 255) - (two >> shift & 255)) ** 2 for shift in (0, 8, 16))
table = []
for colour in colours:
    if len(table) < 256 and (len(table) < 24 or min(far(colour, other) for other in table) > 80):
        table.append(colour)
place = {colour: min(range(len(table)), key=lambda n: far(colour, table[n])) for colour in colours}
small = QImage(bytes(map(place.__getitem__, pixels)), image.width(), image.height(), image.width(),
               QImage.Format.Format_Indexed8)
small.setColorTable(table)
small.save(sys.argv[1], "PNG", 0)
"""
