/** What keeps processes running: pure service state machines, and in {@code supervisor.linux} the only native code. */
module muster.supervisor {
    requires static transitive org.jspecify;

    exports muster.supervisor;
    exports muster.supervisor.linux;
    exports muster.supervisor.logs;
    exports muster.supervisor.runner;
    exports muster.supervisor.s6;
}
