import Glibc
import LinuxIO
import Testing

@Suite("Child processes that are started with a socket")
struct ChildProcessTests {
  @Test("a program talks over its socket, and has no other descriptor of ours")
  func talks() throws {
    let (near, far) = try UnixSocket.makePair()
    let child = try ChildProcess(
      "/bin/sh", ["-c", #"test -e /proc/$$/fd/$0; echo $? $1 >&3"#, "\(near.descriptor.rawValue)", "a b"], socket: far)
    #expect(child.identifier > 0)
    #expect(try near.descriptor.wait(for: .readable, timeoutMilliseconds: 10_000))
    #expect(try near.receive(16).bytes == Array("1 a b\n".utf8))
  }

  @Test("a program that would go on for ever ends with its object, and its end is noticed at once")
  func ends() throws {
    let (near, far) = try UnixSocket.makePair()
    let counter = try EventCounter()
    var identifier: Int32 = 0
    do {
      let child = try ChildProcess("/bin/sleep", ["1000"], socket: far)
      identifier = child.identifier
      #expect(kill(identifier, 0) == 0)
      #expect(try Descriptor.wait(forAny: [counter.descriptor], orEndOf: near, timeoutMilliseconds: 1) == .timedOut)
    }
    #expect(kill(identifier, 0) != 0)
    far.shutdown()
    #expect(try Descriptor.wait(forAny: [counter.descriptor], orEndOf: near, timeoutMilliseconds: 10_000) == .peerGone)
    counter.signal()
    #expect(try Descriptor.wait(forAny: [counter.descriptor], orEndOf: near, timeoutMilliseconds: 10_000) == .ready)
  }

  @Test("a file that is not a program is refused with its path")
  func refused() throws {
    let (_, far) = try UnixSocket.makePair()
    #expect(throws: SystemError("start /no/program", code: ENOENT)) {
      try ChildProcess("/no/program", [], socket: far)
    }
    #expect(throws: SystemError("start /etc", code: EACCES)) {
      try ChildProcess("/etc", [], socket: far)
    }
  }

  @Test("the end of a program is a value and an event: its exit code, or the signal that killed it")
  func endings() throws {
    let (near, far) = try UnixSocket.makePair()
    let exits = try ChildProcess("/bin/sh", ["-c", "read line <&3; exit 74"], socket: far)
    let crashes = try ChildProcess("/bin/sh", ["-c", "kill -SEGV $$"], socket: far)
    #expect(try crashes.end.wait(for: .readable, timeoutMilliseconds: 60_000))
    #expect(crashes.ending == .killed(signal: SIGSEGV))
    #expect(crashes.ending == .killed(signal: SIGSEGV))
    #expect(exits.ending == nil)
    try near.send(Array("\n".utf8))
    #expect(try exits.end.wait(for: .readable, timeoutMilliseconds: 60_000))
    #expect(exits.ending == .exited(74))
    let killed = try ChildProcess("/bin/sleep", ["1000"], socket: far)
    killed.send(SIGKILL)
    #expect(try killed.end.wait(for: .readable, timeoutMilliseconds: 60_000))
    #expect(killed.ending == .killed(signal: SIGKILL))
  }

  @Test("a program may have a process group of its own, which gets no signal of the terminal")
  func ownGroup() throws {
    let (near, far) = try UnixSocket.makePair()
    let child = try ChildProcess(
      "/bin/sh", ["-c", "echo $(cut -d ' ' -f 5 /proc/$$/stat) >&3; exec sleep 1000"], socket: far,
      ignoresTerminal: true)
    #expect(try near.descriptor.wait(for: .readable, timeoutMilliseconds: 60_000))
    #expect(try near.receive(16).bytes == Array("\(child.identifier)\n".utf8))
  }

  @Test("a program holds back no signal that this process watches for")
  func signals() throws {
    let (near, far) = try UnixSocket.makePair()
    let starter = try NamedThread("starter", takesSignals: false) {
      guard let child = try? ChildProcess("/bin/sh", ["-c", "grep SigBlk /proc/self/status >&3"], socket: far) else {
        return
      }
      _ = try? child.end.wait(for: .readable, timeoutMilliseconds: 60_000)
    }
    starter.join()
    #expect(try near.descriptor.wait(for: .readable, timeoutMilliseconds: 60_000))
    #expect(try near.receive(64).bytes == Array("SigBlk:\t0000000000000000\n".utf8))
  }

  @Test("the processor time of a child is measured while it runs, and unknown after its end")
  func clock() throws {
    let (near, far) = try UnixSocket.makePair()
    #expect(near.peerProcess == getpid())
    var child: ChildProcess? = try ChildProcess(
      "/bin/sh", ["-c", "i=0; while test $i -lt 20000; do i=$((i+1)); done; echo >&3; exec sleep 1000"], socket: far)
    let clock = try #require(ProcessClock(of: child?.identifier ?? 0))
    #expect(try near.descriptor.wait(for: .readable, timeoutMilliseconds: 10_000))
    let spent = try #require(clock.now)
    #expect((1_000_000...10_000_000_000).contains(spent), "\(spent) ns")
    #expect(try #require(ProcessClock.own.now) > 0)
    child = nil
    #expect(clock.now == nil)
    #expect(ProcessClock(of: 0) == nil)
    #expect(ProcessClock(of: .max) == nil)
  }

  @Test("bytes are received into an array that stays")
  func inPlace() throws {
    let (near, far) = try UnixSocket.makePair()
    var buffer: [UInt8] = [0, 0, 0, 9]
    try far.send([1, 2, 3, 4, 5, 6], descriptors: [far.descriptor])
    #expect(try near.receive(3, into: &buffer) == 3)
    #expect(buffer == [1, 2, 3, 9])
    #expect(try near.receive(100, into: &buffer) == 3)
    #expect(buffer == [4, 5, 6, 9])
    far.shutdown()
    #expect(try near.receive(1, into: &buffer) == 0)
  }
}
