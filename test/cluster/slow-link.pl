#!/usr/bin/perl
# A link with latency and a limited rate: carries frames between two TAP interfaces, each after its delay.
# In user space because not every kernel has tc's netem; virtual machines for CI often lack it.
#
# usage: slow-link.pl TAG NEAR FAR ONE_WAY_MS KBIT     (TAG only names the process; KBIT 0 means no limit)
use strict;
use warnings;
use List::Util 'max';
use Time::HiRes 'time';

use constant { TUNSETIFF => 0x400454ca, IFF_TAP => 0x0002, IFF_NO_PI => 0x1000 };
# A router's buffer is finite as well; what does not fit is lost.
use constant QUEUE_LIMIT => 1000;

my ($tag, $near, $far, $one_way_ms, $kbit) = @ARGV;
my @ends = map { open_tap($_) } $near, $far;
my @queues = ([], []);      # frames read from each end: [due time in seconds, frame]
my @busy_until = (0, 0);

while (1) {
    deliver($_) for 0, 1;
    my @due = map { @$_ ? $_->[0][0] : () } @queues;
    my $wait = @due ? max(0, (sort { $a <=> $b } @due)[0] - time) : undef;
    my $readable = '';
    vec($readable, fileno($_), 1) = 1 for @ends;
    next unless select($readable, undef, undef, $wait) > 0;
    vec($readable, fileno($ends[$_]), 1) and accept_frame($_) for 0, 1;
}

sub open_tap {
    my ($name) = @_;
    open(my $tap, '+<', '/dev/net/tun') or die "/dev/net/tun: $!\n";
    ioctl($tap, TUNSETIFF, pack('Z16 S x22', $name, IFF_TAP | IFF_NO_PI)) or die "$name: $!\n";
    return $tap;
}

sub accept_frame {
    my ($from) = @_;
    sysread($ends[$from], my $frame, 65536) or return;
    return if @{ $queues[$from] } >= QUEUE_LIMIT;
    my $sending_s = $kbit ? length($frame) * 8 / ($kbit * 1000) : 0;
    $busy_until[$from] = max(time, $busy_until[$from]) + $sending_s;
    push @{ $queues[$from] }, [$busy_until[$from] + $one_way_ms / 1000, $frame];
}

sub deliver {
    my ($from) = @_;
    my $queue = $queues[$from];
    syswrite($ends[1 - $from], (shift @$queue)->[1]) while @$queue && $queue->[0][0] <= time;
}
