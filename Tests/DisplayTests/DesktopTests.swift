import Display
import Testing

@Suite("Desktop")
struct DesktopTests {
  /// The pixel that a guest finds, as libinput and X.org compute it: the value's part of the range, in pixels of the desktop.
  private func pixel(_ value: Int32, of total: Int64) -> Int64 {
    Int64(value) * total / (Int64(DesktopPoint.maximum) + 1)
  }

  @Test("every pixel maps to itself, at every size of a screen up to 8192 and on desktops of sixteen outputs")
  func everyPixel() throws {
    for width in (1...700).map(UInt32.init) + [800, 1003, 1024, 1280, 1366, 1920, 2560, 3840, 5119, 7680, 8191, 8192] {
      let size = Size(width: width, height: 8193 - width)
      let desktop = Desktop([Desktop.Place(scanout: 0, position: Point(x: -7, y: 5), size: size)])
      let step = width > 700 ? 1 : Int32(max(1, width / 97))
      for x in stride(from: 0, to: Int32(width), by: Int(step)) {
        let y = min(Int32(size.height) - 1, x)
        let point = try #require(desktop.point(at: Point(x: x, y: y), of: 0))
        guard pixel(point.x, of: Int64(width)) == x, pixel(point.y, of: Int64(size.height)) == y else {
          Issue.record("\(x),\(y) of \(size) is \(point)")
          return
        }
      }
    }
  }

  @Test("on a desktop of several outputs, each pixel of each is where the outputs' positions put it")
  func severalOutputs() throws {
    let places = (0..<16).map { index in
      Desktop.Place(
        scanout: index, position: Point(x: Int32(index) * 8192 - 4096, y: Int32(index) * -31),
        size: Size(width: 8192, height: 8192))
    }
    let desktop = Desktop(places)
    let (width, height) = (Int64(16 * 8192), Int64(8192 + 15 * 31))
    for place in places {
      for x in stride(from: 0 as Int32, to: 8192, by: 113) {
        let point = try #require(desktop.point(at: Point(x: x, y: 8191 - x), of: place.scanout))
        #expect(pixel(point.x, of: width) == Int64(place.scanout) * 8192 + Int64(x))
        #expect(pixel(point.y, of: height) == Int64(15 - place.scanout) * 31 + Int64(8191 - x))
      }
    }
  }

  @Test("pixels outside are brought to the edge, scanouts that show nothing have no points, and no number traps")
  func edges() throws {
    let desktop = Desktop([
      Desktop.Place(scanout: 1, position: .zero, size: Size(width: 100, height: 50)),
      Desktop.Place(scanout: 2, position: .zero, size: Size(width: 0, height: 50)),
    ])
    #expect(desktop.point(at: Point(x: -5, y: 70), of: 1) == desktop.point(at: Point(x: 0, y: 49), of: 1))
    #expect(desktop.point(at: .zero, of: 0) == nil && desktop.point(at: .zero, of: 2) == nil)
    #expect(desktop.size(of: 1) == Size(width: 100, height: 50) && desktop.size(of: 2) == nil)
    let vast = Desktop([
      Desktop.Place(scanout: 0, position: Point(x: .min, y: .max), size: Size(width: .max, height: .max)),
      Desktop.Place(scanout: 1, position: Point(x: .max, y: .min), size: Size(width: .max, height: .max)),
    ])
    for pixel in [Int32.min, -1, 0, 1, .max] { #expect(vast.point(at: Point(x: pixel, y: pixel), of: 1) != nil) }
    #expect(Desktop([]).point(at: .zero, of: 0) == nil)
    #expect(DesktopPoint(x: -1, y: .max) == DesktopPoint(x: 0, y: DesktopPoint.maximum))
  }

  @Test("keys have the names of Linux, and the short ones that people use")
  func keyNames() {
    #expect(KeyCode(named: "a")?.rawValue == 30 && KeyCode(named: "f2")?.rawValue == 60)
    #expect(KeyCode(named: "micmute")?.rawValue == 248 && KeyCode(named: "102nd")?.rawValue == 86)
    #expect(KeyCode(named: "ctrl") == KeyCode(named: "leftctrl") && KeyCode(named: "altgr")?.rawValue == 100)
    #expect(KeyCode(named: "A") == nil && KeyCode(named: "") == nil && KeyCode(rawValue: 84).name == nil)
    for key in KeyCode.allNamed { #expect(key.name.flatMap(KeyCode.init(named:)) == key) }
  }
}
