import Display
import Testing
import VirtioInput
import Wire

@Suite("Configuration space of input devices")
struct ConfigurationTests {
  private func numbers(_ bytes: [UInt8]) -> [Int] {
    bytes.indices.flatMap { index in (0..<8).filter { bytes[index] & 1 << UInt8($0) != 0 }.map { index * 8 + $0 } }
  }

  @Test(
    "each device says its name, serial number and ids, which are its own",
    arguments: [
      (InputDeviceKind.keyboard, "Scanout keyboard", 1), (.tablet, "Scanout tablet", 2), (.mouse, "Scanout mouse", 3),
      (.touch, "Scanout touch screen", 4),
    ])
  func identity(kind: InputDeviceKind, name: String, product: UInt8) throws {
    let bench = try InputBench(kind)
    #expect(bench.device.deviceID == 18 && bench.device.configuration.count == 136)
    #expect(bench.select(0x01) == Array(name.utf8))
    #expect(bench.select(0x02) == Array("0".utf8))
    #expect(bench.select(0x03) == [0x06, 0, 0, 0x5c, product, 0, 1, 0])
  }

  @Test("a keyboard has keys, LEDs and repetition by the guest, and no axis")
  func keyboard() throws {
    let bench = try InputBench(.keyboard)
    let keys = numbers(bench.select(0x11, 0x01))
    #expect(keys == KeyCode.allNamed.map { Int($0.rawValue) })
    #expect(keys.count > 230 && keys.first == 1 && keys.last == 248)
    #expect(numbers(bench.select(0x11, 0x11)) == [0, 1, 2])
    #expect(numbers(bench.select(0x11, 0x14)) == [0, 1])
    #expect(bench.select(0x11, 0x02).isEmpty && bench.select(0x11, 0x03).isEmpty && bench.select(0x12).isEmpty)
    #expect(bench.select(0x10).isEmpty)
  }

  @Test("a tablet has five buttons, absolute axes and four wheels")
  func tablet() throws {
    let bench = try InputBench(.tablet)
    #expect(numbers(bench.select(0x11, 0x01)) == [0x110, 0x111, 0x112, 0x113, 0x114])
    #expect(numbers(bench.select(0x11, 0x02)) == [6, 8, 0xb, 0xc])
    #expect(numbers(bench.select(0x11, 0x03)) == [0, 1])
    #expect(numbers(bench.select(0x10)) == [0])
    for axis in [0, 1] as [UInt8] {
      var reader = ByteReader(bench.select(0x12, axis))
      #expect(try (0..<5).map { _ in try reader.u32() } == [0, UInt32(DesktopPoint.maximum), 0, 0, 0])
    }
    #expect(bench.select(0x12, 2).isEmpty)
  }

  @Test("a mouse has relative axes")
  func mouse() throws {
    let bench = try InputBench(.mouse)
    #expect(numbers(bench.select(0x11, 0x02)) == [0, 1, 6, 8, 0xb, 0xc])
    #expect(bench.select(0x11, 0x03).isEmpty)
  }

  @Test("a touch screen has ten slots and points at the screen itself")
  func touch() throws {
    let bench = try InputBench(.touch)
    #expect(numbers(bench.select(0x11, 0x01)) == [0x14a])
    #expect(numbers(bench.select(0x11, 0x03)) == [0, 1, 0x2f, 0x35, 0x36, 0x39])
    #expect(numbers(bench.select(0x10)) == [1])
    #expect(bench.select(0x12, 0x2f)[4...7] == [9, 0, 0, 0])
  }

  @Test("only the selectors can be written, byte by byte or with the whole space, and unknown selections are empty")
  func writing() throws {
    let bench = try InputBench(.tablet)
    var space = [UInt8](repeating: 0xff, count: 136)
    (space[0], space[1]) = (0x12, 1)
    bench.device.writeConfiguration(space, at: 0)
    let axis = bench.device.configuration
    #expect(axis[0...7] == [0x12, 1, 20, 0, 0, 0, 0, 0])
    bench.device.writeConfiguration([9, 9, 9], at: 2)
    bench.device.writeConfiguration([], at: 0)
    #expect(bench.device.configuration == axis)
    for select in 0...255 as ClosedRange<UInt8> {
      for subselect in [0, 1, 2, 3, 0x11, 0x14, 0x1f, 0x20, 0xff] as [UInt8] {
        let data = bench.select(select, subselect)
        if ![0x01, 0x02, 0x03, 0x10, 0x11, 0x12].contains(select) { #expect(data.isEmpty) }
        #expect(bench.device.configuration.count == 136)
      }
    }
    // A name has no part.
    #expect(bench.select(0x01, 1).isEmpty)
    bench.device.reset {}
    #expect(bench.device.configuration == [UInt8](repeating: 0, count: 136))
  }
}
