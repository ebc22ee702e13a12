extension KeyCode {
  /// The key of a name, such as `a`, `f2`, `leftctrl` or one of the short ones: `ctrl`, `alt`, `shift`, `meta`, `altgr`; nil:
  /// no key has that name.
  public init?(named name: String) {
    guard let code = Self.codes[name] else { return nil }
    self.init(rawValue: code)
  }

  /// The name of the key, that of Linux's `KEY_` constant in lower case; nil: it has none.
  public var name: String? { Self.names[rawValue] }

  /// Every key that has a name, in the order of the codes.
  public static let allNamed: [KeyCode] = names.keys.sorted().map { KeyCode(rawValue: $0) }

  /// Names by code.
  private static let names: [UInt16: String] = {
    var names: [UInt16: String] = [:]
    for (first, words) in runs {
      for (offset, name) in words.split(separator: " ").enumerated() {
        names[first + UInt16(offset)] = String(name)
      }
    }
    return names
  }()

  /// Codes by name, the short names included.
  private static let codes: [String: UInt16] = {
    var codes = Dictionary(uniqueKeysWithValues: names.map { ($0.value, $0.key) })
    for (short, name) in shortNames { codes[short] = codes[name] }
    return codes
  }()

  /// Other names that people use.
  private static let shortNames = [
    "ctrl": "leftctrl", "control": "leftctrl", "alt": "leftalt", "shift": "leftshift", "meta": "leftmeta",
    "super": "leftmeta", "win": "leftmeta", "altgr": "rightalt", "escape": "esc", "return": "enter", "del": "delete",
    "ins": "insert", "pgup": "pageup", "pgdn": "pagedown", "prtsc": "sysrq",
  ]

  /// Names of keys in the order of their codes, from the first one of each run.
  private static let runs: [(first: UInt16, words: String)] = [
    (
      1,
      """
      esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab q w e r t y u i o p leftbrace rightbrace enter \
      leftctrl a s d f g h j k l semicolon apostrophe grave leftshift backslash z x c v b n m comma dot \
      slash rightshift kpasterisk leftalt space capslock f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 numlock scrolllock \
      kp7 kp8 kp9 kpminus kp4 kp5 kp6 kpplus kp1 kp2 kp3 kp0 kpdot
      """
    ),
    (
      85,
      """
      zenkakuhankaku 102nd f11 f12 ro katakana hiragana henkan katakanahiragana muhenkan kpjpcomma kpenter \
      rightctrl kpslash sysrq rightalt linefeed home up pageup left right end down pagedown insert delete \
      macro mute volumedown volumeup power kpequal kpplusminus pause scale kpcomma hangeul hanja yen \
      leftmeta rightmeta compose stop again props undo front copy open paste find cut help menu calc setup \
      sleep wakeup file sendfile deletefile xfer prog1 prog2 www msdos coffee rotate_display cyclewindows \
      mail bookmarks computer back forward closecd ejectcd ejectclosecd nextsong playpause previoussong \
      stopcd record rewind phone iso config homepage refresh exit move edit scrollup scrolldown \
      kpleftparen kprightparen new redo f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24
      """
    ),
    (
      200,
      """
      playcd pausecd prog3 prog4 all_applications suspend close play fastforward bassboost print hp camera \
      sound question email chat search connect finance sport shop alterase cancel brightnessdown \
      brightnessup media switchvideomode kbdillumtoggle kbdillumdown kbdillumup send reply forwardmail \
      save documents battery bluetooth wlan uwb
      """
    ),
    (241, "video_next video_prev brightness_cycle brightness_auto display_off wwan rfkill micmute"),
  ]
}
