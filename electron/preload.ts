import { contextBridge, ipcRenderer } from 'electron';
import type { BridgeShape } from '../shared/bridge/shape.ts';
import { bridgeClient } from './shell/panel/bridge-client.ts';

/** Put in by the build: the names of the contract. */
declare const BRIDGE_SHAPE: BridgeShape;

contextBridge.exposeInMainWorld('sexton', bridgeClient(BRIDGE_SHAPE, ipcRenderer));
