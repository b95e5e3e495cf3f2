package muster.haproxy;

/** A server, as commands of the runtime API name it. */
record ServerPath(String backend, String server) {
    @Override
    public String toString() {
        return backend + "/" + server;
    }
}
