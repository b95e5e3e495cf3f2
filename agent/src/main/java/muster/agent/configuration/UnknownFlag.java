package muster.agent.configuration;

/** A command has no such flag. */
public final class UnknownFlag extends BadConfiguration {
    private static final long serialVersionUID = 1;

    private final String flag;

    UnknownFlag(String flag, String problem) {
        super(problem);
        this.flag = flag;
    }

    /** Without its dashes. */
    public String flag() {
        return flag;
    }
}
