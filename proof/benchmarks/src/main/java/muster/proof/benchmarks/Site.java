package muster.proof.benchmarks;

import muster.proof.harness.Member;
import muster.proof.harness.Program;

/** A load balancer and the machines behind it, in one of the ways to build them. */
sealed interface Site permits MusterSite, ClassicSite {

    String label();

    /** Where the users' requests go, HOST:PORT. */
    String address();

    /** The member on the balancer's machine. */
    Member balancer();

    /** Starts one machine: the app and whatever announces it. Returns at once. */
    Machine add(String name);

    /** One machine behind the balancer. */
    interface Machine {

        Member member();

        /** The process whose output tells when the app listens. */
        Program app();

        /** kill -9 to all that runs on it: it lost power. */
        void kill();

        /** Stops all that runs on it without ending it: the machine hangs, and its kernel still takes connections. */
        void freeze();

        /** The end of {@link #freeze}. */
        void thaw();

        /** What an orderly stop of the machine sends. Returns when all of it has ended. */
        void stop();
    }
}
