// The worker of workerpool.
import workerpool from 'workerpool';
import { compute, empty } from './work.ts';

workerpool.worker({ empty, compute });
