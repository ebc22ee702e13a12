import GuestCases
import Testing

@Suite("Guest cases in the same process")
struct CaseTests {
  @Test("each case", arguments: GuestCase.all)
  func play(guestCase: GuestCase) throws {
    let host = try InProcessHost(guestCase.setup)
    try guestCase.play(on: host, host.parts)
  }

  @Test("each case has a name of its own")
  func names() {
    let names = GuestCase.all.map(\.name)
    for name in Set(names) where names.filter({ $0 == name }).count > 1 { Issue.record("\(name) is there twice") }
  }
}
