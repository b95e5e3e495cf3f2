package muster.templating;

/** A template cannot be rendered; the message says where and why. Nothing that a node says leads here. */
public final class BadTemplate extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadTemplate(String message) {
        super(message);
    }
}
