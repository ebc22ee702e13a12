package import Display

extension KeyCode {
  /// The key of a scancode of SDL; nil: Linux has none for it.
  ///
  /// Scancodes below 256 are usages of the keyboard page of the USB HID usage tables: places on a keyboard, whatever the layout.
  /// Those above are SDL's own, for keys of its consumer page.
  package init?(scancode: UInt32) {
    guard let key = Self.keys[scancode] else { return nil }
    self = key
  }

  /// Every scancode that has a key.
  package static var scancodes: [UInt32] { keys.keys.sorted() }

  private static let keys: [UInt32: KeyCode] = {
    var keys: [UInt32: KeyCode] = [:]
    for (first, words) in usages {
      for (offset, name) in words.split(separator: " ").enumerated() {
        keys[first + UInt32(offset)] = KeyCode(named: String(name))
      }
    }
    return keys
  }()

  /// Names of keys in the order of scancodes, from the first one of each run. Usage 0x32 is the key that replaces the
  /// backslash outside of the United States.
  private static let usages: [(first: UInt32, words: String)] = [
    (
      0x04,
      """
      a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 6 7 8 9 0 enter esc backspace tab space minus equal \
      leftbrace rightbrace backslash backslash semicolon apostrophe grave comma dot slash capslock f1 f2 f3 f4 f5 f6 f7 f8 \
      f9 f10 f11 f12 sysrq scrolllock pause insert home pageup delete end pagedown right left down up numlock kpslash \
      kpasterisk kpminus kpplus kpenter kp1 kp2 kp3 kp4 kp5 kp6 kp7 kp8 kp9 kp0 kpdot 102nd compose power kpequal f13 f14 \
      f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 open help props front stop again undo cut copy paste find mute volumeup \
      volumedown
      """
    ),
    (0x85, "kpcomma kpequal ro katakanahiragana yen henkan muhenkan kpjpcomma"),
    (0x90, "hangeul hanja katakana hiragana zenkakuhankaku"), (0x99, "alterase"), (0x9b, "cancel"),
    (0xb6, "kpleftparen kprightparen"),
    (0xe0, "leftctrl leftshift leftalt leftmeta rightctrl rightshift rightalt rightmeta"),
    (
      258,
      """
      nextsong previoussong stopcd playpause mute media www mail calc computer search homepage back forward stop refresh \
      bookmarks brightnessdown brightnessup switchvideomode kbdillumtoggle kbdillumdown kbdillumup ejectcd sleep prog1 \
      prog2 rewind fastforward
      """
    ),
  ]
}
