/**
 * The stage for black-box tests and benchmarks: real processes on loopback addresses of their own, and a client that keeps count.
 *
 * <pre>
 *   Stage ── starts ──► SerfAgent · MusterNode · Program      each on its own 127.x.y.z
 *     │                     └─ members(): asked through Debian's serf command line, the neutral judge
 *     ├── OpenLoopClient ──► requests at a fixed rate, each with an id; Report says who answered and what failed
 *     └── close(): ends every process that was started, and those which they started
 * </pre>
 *
 * It knows Muster only by its launcher: no class of the program is used here, so that the proof cannot share its mistakes.
 */
@NullMarked
package muster.proof.harness;

import org.jspecify.annotations.NullMarked;
