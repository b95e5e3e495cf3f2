package muster.demo;

/** The demo cannot run, or cannot go on; the message says why and what to do. */
final class DemoRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    DemoRefused(String message) {
        super(message);
    }
}
