import GuestCases
import Testing

@Suite("Guest cases over vhost-user")
struct ServedCaseTests {
  @Test("each case", arguments: GuestCase.all)
  func play(guestCase: GuestCase) throws {
    let host = try ServedHost(guestCase.setup)
    defer { host.stop() }
    try guestCase.play(on: host, host.parts)
    #expect(host.failures == [])
  }
}
