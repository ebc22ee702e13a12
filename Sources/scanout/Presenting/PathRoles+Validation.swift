import ArgumentParser
import Serving

extension PathRoles {
  /// Makes two paths that must not be given together a mistake of the command line.
  func validate() throws(ValidationError) {
    do throws(PathConflict) { try check() } catch { throw ValidationError(error.description) }
  }
}
