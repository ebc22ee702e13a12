import ArgumentParser

@main
struct Scanout: ParsableCommand {}
