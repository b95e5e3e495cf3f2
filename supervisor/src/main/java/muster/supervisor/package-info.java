/** Restart policies, readiness and orderly stops as pure state machines: events in, actions out, time as an argument. */
@NullMarked
package muster.supervisor;

import org.jspecify.annotations.NullMarked;
