import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** The registries of special-purpose addresses of IANA: what is not for the public network. */
const SPECIAL_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** Of IPv6 only 2000::/3 is given out; of that these are not, or lead to IPv4 addresses that would have to be looked at. */
const SPECIAL_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const special = new BlockList();
for (const net of SPECIAL_4) special.addSubnet(...partsOf(net), 'ipv4');
for (const net of SPECIAL_6) special.addSubnet(...partsOf(net), 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

/** True for an address on the public network; false for every other text. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  return isIPv6(address) && global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

function partsOf(net: string): [address: string, prefix: number] {
  const [address = '', prefix] = net.split('/');
  return [address, Number(prefix)];
}
