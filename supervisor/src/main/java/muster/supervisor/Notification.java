package muster.supervisor;

/** How a service itself says that it is ready. */
public enum Notification {
    /** It does not. */
    NONE,
    /** It writes a newline to a descriptor, as s6 and dinit have it. */
    DESCRIPTOR,
    /** It sends {@code READY=1} to the socket in {@code NOTIFY_SOCKET}, as systemd has it. */
    SYSTEMD
}
