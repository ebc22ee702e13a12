import Glibc

/// Sets a variable of the environment, or takes it out of it; only in a process that has one thread.
func setEnvironment(_ name: String, _ value: String?) {
  // Safe: the strings are copied, and no other thread reads the environment.
  _ = unsafe value.map { unsafe setenv(name, $0, 1) } ?? unsetenv(name)
}
