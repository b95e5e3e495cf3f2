package muster.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LatenciesTest {

    @Test
    void a_percentile_is_the_smallest_value_that_this_part_does_not_exceed() {
        int[] hundred = IntStream.rangeClosed(1, 100).toArray();
        assertThat(Latencies.percentile(hundred, 0.50)).isEqualTo(50);
        assertThat(Latencies.percentile(hundred, 0.99)).isEqualTo(99);
        assertThat(Latencies.percentile(hundred, 1)).isEqualTo(100);
        assertThat(Latencies.percentile(new int[] {7}, 0.50)).isEqualTo(7);
        assertThat(Latencies.percentile(new int[] {1, 2}, 0.50)).isEqualTo(1);
        assertThat(Latencies.percentile(new int[0], 0.99)).isZero();
    }

    @Test
    void all_are_kept_and_sorted() {
        Latencies latencies = new Latencies();
        for (int i = 5_000; i >= 1; i--) {
            latencies.add(0, i * 1_000L);
        }
        assertThat(latencies.all()).isEqualTo(new Latencies.Summary(5_000, 2_500, 4_950, 5_000));
        assertThat(latencies.left()).isZero();
    }

    @Test
    void a_span_holds_the_requests_answered_in_it_also_where_the_clock_is_negative() {
        Latencies latencies = new Latencies();
        latencies.add(-20, 1_000);
        latencies.add(-10, 2_000);
        latencies.add(0, 3_000);
        latencies.add(10, 4_000);
        assertThat(latencies.between(-10, 10)).isEqualTo(new Latencies.Summary(2, 2, 3, 3));
        assertThat(latencies.between(11, 20)).isEqualTo(new Latencies.Summary(0, 0, 0, 0));
    }

    @Test
    void absurd_latencies_are_bounded_not_wrapped() {
        Latencies latencies = new Latencies();
        latencies.add(0, Long.MAX_VALUE);
        latencies.add(0, -5);
        assertThat(latencies.all().max()).isEqualTo(Integer.MAX_VALUE);
        assertThat(latencies.all().p50()).isZero();
    }
}
