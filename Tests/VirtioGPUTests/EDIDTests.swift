import Display
import GuestDriver
import Testing
import VirtioGPU

@Suite("EDID")
struct EDIDTests {
  private func edid(_ output: Output) throws -> [UInt8] {
    try TestGuest(outputs: [output]).driver.edid(of: 0)
  }

  @Test(
    "every block has its header and adds up to zero",
    arguments: [
      Output(size: Size(width: 1, height: 1)), Output(size: Size(width: 640, height: 480)),
      Output(size: Size(width: 1920, height: 1080), refreshMillihertz: 144_000),
      Output(size: Size(width: 4095, height: 4095), refreshMillihertz: 30_000),
      Output(size: Size(width: 7680, height: 4320)),
      Output(size: Size(width: .max, height: .max), refreshMillihertz: .max),
      Output(size: Size(width: 0, height: 0), refreshMillihertz: 0),
    ])
  func checksums(output: Output) throws {
    let bytes = try edid(output)
    #expect(bytes.prefix(8) == [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0])
    #expect(bytes.count == 128 * (1 + Int(bytes[126])))
    for start in stride(from: 0, to: bytes.count, by: 128) {
      #expect(bytes[start..<start + 128].reduce(0, &+) == 0)
    }
  }

  @Test("the base block holds a mode up to 4095 pixels, with its size and refresh")
  func base() throws {
    let bytes = try edid(
      Output(
        size: Size(width: 1920, height: 1080), refreshMillihertz: 60_000, millimetres: Size(width: 527, height: 296)))
    #expect(bytes.count == 128)
    let timing = Array(bytes[54..<72])
    #expect(Int(timing[2]) | Int(timing[4] & 0xf0) << 4 == 1920)
    #expect(Int(timing[5]) | Int(timing[7] & 0xf0) << 4 == 1080)
    let clock = 10_000 * (Int(timing[0]) | Int(timing[1]) << 8)
    let total = (1920 + Int(timing[3])) * (1080 + Int(timing[6]))
    #expect(abs(Double(clock) / Double(total) - 60) < 0.01)
    #expect(Int(timing[12]) | Int(timing[14] & 0xf0) << 4 == 527)
    #expect(Int(timing[13]) | Int(timing[14] & 0x0f) << 8 == 296)
    #expect(bytes[21] == 52 && bytes[22] == 29)
  }

  @Test("a wider mode is in a DisplayID extension, marked as preferred")
  func displayID() throws {
    let bytes = try edid(Output(size: Size(width: 5120, height: 2880)))
    #expect(bytes.count == 256)
    #expect(bytes[128] == 0x70)
    let section = bytes[129..<(129 + 5 + Int(bytes[130]))]
    #expect(section.reduce(0, &+) == 0)
    let timing = try #require(detailedTiming(bytes))
    #expect(timing[3] & 0x80 != 0)
    #expect(Int(timing[4]) | Int(timing[5]) << 8 == 5119)
    #expect(Int(timing[12]) | Int(timing[13]) << 8 == 2879)
  }

  /// The type I detailed timing of the extension block.
  private func detailedTiming(_ bytes: [UInt8]) -> [UInt8]? {
    var start = 133
    while start + 3 <= bytes.count {
      let length = Int(bytes[start + 2])
      if bytes[start] == 0x03, start + 3 + length <= bytes.count { return Array(bytes[(start + 3)...].prefix(length)) }
      if length == 0 { return nil }
      start += 3 + length
    }
    return nil
  }

  @Test("of a mode beyond the base block's fields it has the same size, halved until it fits")
  func substitute() throws {
    for (mode, substitute) in [
      (Size(width: 5120, height: 2880), Size(width: 2560, height: 1440)),
      (Size(width: 8192, height: 32), Size(width: 2048, height: 64)),
    ] {
      let timing = Array(try edid(Output(size: mode))[54..<72])
      #expect(Int(timing[2]) | Int(timing[4] & 0xf0) << 4 == substitute.width)
      #expect(Int(timing[5]) | Int(timing[7] & 0xf0) << 4 == substitute.height)
    }
  }

  @Test("an output of less than a centimetre has no size, in no block")
  func tiny() throws {
    for width in [UInt32(32), 8192] {
      let bytes = try edid(Output(size: Size(width: width, height: 32)))
      #expect(bytes[21] == 0 && bytes[22] == 0)
      #expect(bytes[66] == 0 && bytes[67] == 0 && bytes[68] == 0)
    }
  }

  @Test("the slowest mode has a clock of 10 MHz, below which none is taken for one")
  func slowest() throws {
    let bytes = try edid(Output(size: Size(width: 1, height: 1), refreshMillihertz: 1000))
    #expect(Int(bytes[54]) | Int(bytes[55]) << 8 >= 1000)
  }

  @Test("a mode that is faster than the extension can say is as fast as it can")
  func fastest() throws {
    let bytes = try edid(Output(size: Size(width: 65535, height: 65535), refreshMillihertz: 1_000_000))
    #expect(try #require(detailedTiming(bytes)).prefix(3) == [0xff, 0xff, 0xff])
  }

  @Test("the response is 1056 bytes, of which nothing is left over from elsewhere")
  func response() throws {
    let guest = try TestGuest()
    let response = try guest.driver.send(GetEDID(scanout: 0))
    #expect(response.body.count == 1032)
    #expect(response.body.dropFirst(8 + 128).allSatisfy { $0 == 0 })
  }
}
