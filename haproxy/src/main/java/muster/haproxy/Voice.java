package muster.haproxy;

/** Hears what the driver does and sees. Called on its thread; must not block. */
public interface Voice {
    /** Something that an operator wants to know. */
    void info(String sentence);

    /** Something to do for an operator, with the remedy. */
    void warn(String sentence);

    /** The checks of HAProxy found this address dead. */
    void down(String host, int port);
}
