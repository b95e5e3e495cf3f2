package muster.agent.cli;

/** As which program we were called. */
enum Face {
    MUSTER("Muster", "muster"),
    /** Texts, streams and exit codes are Serf's: scripts read them. */
    SERF("Serf", "serf");

    private final String title;
    private final String program;

    Face(String title, String program) {
        this.title = title;
        this.program = program;
    }

    /** In sentences. */
    String title() {
        return title;
    }

    /** On a command line. */
    String program() {
        return program;
    }
}
