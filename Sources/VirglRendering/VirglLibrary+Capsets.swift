internal import CVirgl
internal import VirtioGPU

extension VirglLibrary {
  /// A capability set of the library; nil when it has none with this id.
  func capset(_ id: UInt32) -> Capset? {
    guard let virgl = try? calls() else { return nil }
    var (version, size): (UInt32, UInt32) = (0, 0)
    // Safe: two numbers are filled.
    unsafe virgl.get_cap_set(id, &version, &size)
    guard size > 0 else { return nil }
    var data = [UInt8](repeating: 0, count: Int(size))
    // Safe: the library fills as many bytes as it has said.
    unsafe virgl.fill_caps(id, version, &data)
    return Capset(id: id, version: version, data: data)
  }
}
