package muster.proof.simulator;

/** What must hold after every event (S) and when things have come to rest (L). */
public enum Invariant {
    /** No input makes the protocol throw, and no moment makes it spin. */
    S0_NEVER_THROWS,
    /** The incarnation that a node stores for a member never falls within one life of the node. */
    S1_INCARNATIONS_RISE,
    /** No packet and no view carries an incarnation above the member's own. */
    S2_INCARNATIONS_ARE_REAL,
    /** For equal incarnations alive comes before suspect, and suspect before dead or left. */
    S3_STATES_FOLLOW_THE_TABLE,
    /** A member that stopped and was known gone everywhere never comes back from old packets. */
    S4_NO_RESURRECTION,
    /** A listener hears of each member: join (update, suspect, refute, leaving)* (failed, left) (reap), each once. */
    S5_NOTICES_ARE_A_LEGAL_WORD,
    /** Lamport clocks never fall, and a user event is told once. */
    S6_EVENTS_ONCE,
    /** Every datagram fits, every queue stays below its limit. */
    S7_LIMITS_HOLD,
    /** Input that was refused changes nothing but a counter. */
    S8_REJECTED_INPUT_CHANGES_NOTHING,
    /** A member that left or stopped says nothing any more. */
    S9_SILENT_AFTER_LEAVING,
    /** A crash is seen by all in time. */
    L1_CRASHES_ARE_SEEN,
    /** Nobody declares a healthy, connected member failed. */
    L2_HEALTHY_MEMBERS_DO_NOT_FAIL,
    /** Some time after the last fault all views are equal. */
    L3_VIEWS_AGREE,
    /** A live member that was suspected is alive again everywhere, soon. */
    L4_REFUTED,
    /** User events reach every member that lives throughout. */
    L5_EVENTS_ARRIVE,
    /** Each member's answer to a query is told once, and in good weather all answer. */
    L6_QUERIES_ARE_ANSWERED_ONCE,
    /** A graceful leave never looks like a failure. */
    L7_LEAVING_IS_NOT_FAILING
}
