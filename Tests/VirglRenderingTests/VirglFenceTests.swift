import Display
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VirglRendering
import VirtioGPU

@Suite("Fences of virglrenderer", .serialized)
@VirglActor
struct VirglFenceTests {
  @Test("a global fence is reached, and makes the descriptor readable")
  func global() throws {
    let renderer = try VirglRenderer.quiet()
    let fence = RendererFence(timeline: .global, number: 1 << 40)
    try renderer.mark(fence)
    #expect(try renderer.waitForFences(1) == [fence])
    #expect(try renderer.events?.wait(for: .readable, timeoutMilliseconds: 0) == false)
    #expect(renderer.takeReached().isEmpty)
  }

  @Test("fences of several contexts and of the global timeline are all reached")
  func several() throws {
    let renderer = try VirglRenderer.quiet()
    var last: Set<RendererFence> = []
    for context in UInt32(1)...8 {
      try renderer.makeContext(context)
      try renderer.makeTexture(context + 100, Size(width: 256, height: 256), for: context)
    }
    var reached: [RendererFence] = []
    for number in UInt64(1)...20 {
      last = [RendererFence(timeline: .global, number: number)]
      for context in UInt32(1)...8 {
        try renderer.submit(
          VirglStream.clear(context + 100, format: 1, red: 0, green: 1, blue: 0).bytes, in: context)
        let fence = RendererFence(timeline: .ring(context: context, index: 0), number: number)
        try renderer.mark(fence)
        last.insert(fence)
      }
      try renderer.mark(RendererFence(timeline: .global, number: number))
      if number.isMultiple(of: 7) { reached += renderer.takeReached() }
    }
    while !last.isSubset(of: reached), try renderer.events?.wait(for: .readable, timeoutMilliseconds: 2000) == true {
      reached += renderer.takeReached()
    }
    #expect(last.isSubset(of: reached))
    for (timeline, fences) in Dictionary(grouping: reached, by: \.timeline) {
      #expect(fences.map(\.number) == fences.map(\.number).sorted(), "\(timeline)")
    }
  }

  @Test("a context of OpenGL has ring 0 only, and unknown contexts have none")
  func rings() throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    for timeline in [Timeline.ring(context: 1, index: 1), .ring(context: 1, index: 255), .ring(context: 2, index: 0)] {
      #expect(renderer.kind { try $0.mark(RendererFence(timeline: timeline, number: 1)) } == .invalid)
    }
  }

  @Test("a context can end while its fences are pending")
  func contextGone() throws {
    let renderer = try VirglRenderer.quiet()
    for number in UInt64(1)...50 {
      try renderer.makeContext()
      try renderer.mark(RendererFence(timeline: .ring(context: 1, index: 0), number: number))
      renderer.destroyContext(1)
    }
    let fence = RendererFence(timeline: .global, number: 1)
    try renderer.mark(fence)
    var reached: [RendererFence] = []
    while !reached.contains(fence), try renderer.events?.wait(for: .readable, timeoutMilliseconds: 2000) == true {
      reached += renderer.takeReached()
    }
    #expect(reached.contains(fence))
  }

  @Test("a fence of before a reset is not reported after it")
  func reset() throws {
    let renderer = try VirglRenderer.quiet()
    for number in UInt64(1)...3 { try renderer.mark(RendererFence(timeline: .global, number: number)) }
    renderer.reset()
    let fence = RendererFence(timeline: .global, number: 1)
    try renderer.mark(fence)
    #expect(try renderer.waitForFences(1) == [fence])
  }
}

@Suite("The global timeline")
struct GlobalTimelineTests {
  @Test("fence ids of virglrenderer are translated to those of the device, also where 32 bits wrap")
  func wraps() {
    var timeline = GlobalTimeline(first: .max)
    for number in [UInt64(1) << 33, 1 << 34, 1 << 35] { timeline.mark(number) }
    #expect(timeline.next == 2)
    #expect(timeline.reach(0) == 1 << 34)
    #expect(timeline.reach(1) == 1 << 35)
  }

  @Test("a number that is not pending is ignored")
  func unknown() {
    var timeline = GlobalTimeline()
    timeline.mark(10)
    #expect(timeline.reach(2) == nil)
    #expect(timeline.reach(0) == nil)
    #expect(timeline.reach(1) == 10)
    #expect(timeline.reach(1) == nil)
    timeline.mark(11)
    timeline.forget()
    #expect(timeline.reach(2) == nil)
    timeline.mark(1)
    #expect(timeline.reach(3) == 1)
  }
}
