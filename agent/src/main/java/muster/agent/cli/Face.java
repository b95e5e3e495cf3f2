package muster.agent.cli;

/** As which program we were called. */
enum Face {
    MUSTER("Muster", "muster", 1),
    /** Texts, streams and exit codes are Serf's: scripts read them. */
    SERF("Serf", "serf", 0);

    private final String title;
    private final String program;
    private final int codeOfLostName;

    Face(String title, String program, int codeOfLostName) {
        this.title = title;
        this.program = program;
        this.codeOfLostName = codeOfLostName;
    }

    /** In sentences. */
    String title() {
        return title;
    }

    /** With what an agent ends whose name another member keeps. Serf's is that of a wanted end. */
    int codeOfLostName() {
        return codeOfLostName;
    }

    /** On a command line. */
    String program() {
        return program;
    }
}
