package muster.agent.logging;

/** One line as it was logged: {@code text} is {@code 2026/11/22 10:00:00 [INFO] serf: …} without a line break. */
public record LogLine(LogLevel level, String text) {
    /** Without time and level, where the receiver has its own. */
    String words() {
        return text.substring(text.indexOf("] ") + 2);
    }
}
