package muster.supervisor.linux.planted;

/** Stands for the native edge. */
public final class Edge {
    public void fork() {}
}
