import { MemoryPeers } from './memory-peers.ts';
import { ssePeers } from './sse-peer-adapter.ts';
import { transportContract } from './transport-contract.ts';
import { CONTRACT_BOUNDS } from './transport-harness.ts';
import { webSocketPeers } from './web-socket-peer-adapter.ts';

transportContract('WebSocket', () => webSocketPeers);
transportContract('SSE + POST', () => ssePeers);
transportContract('memory', () => new MemoryPeers(CONTRACT_BOUNDS));
