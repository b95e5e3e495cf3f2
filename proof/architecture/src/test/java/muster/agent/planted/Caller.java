package muster.agent.planted;

/** What the planted classes call where they must not. */
public final class Caller {
    public void called() {}
}
