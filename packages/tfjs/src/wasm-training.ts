/**
 * Training of convolutional networks on TensorFlow.js's wasm backend. Importing this module
 * registers the kernels that the backend lacks, so that 1-D, 2-D, depthwise and separable
 * convolutions can be trained. It also replaces the backend's 3-D convolutions, and dL/dx of its
 * 2-D convolutions, by faster ones, and its 3-D max pooling, which is wrong for windows without a
 * positive number. It has no exports and works without SoftPool.
 *
 * @module
 */
import '@tensorflow/tfjs-backend-wasm';
import {
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  Conv3D,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  MaxPool3D,
  MaxPool3DGrad,
} from '@tensorflow/tfjs-core';
import {
  conv2DBackpropFilter,
  conv2DBackpropInput,
  depthwiseConv2dNativeBackpropFilter,
  depthwiseConv2dNativeBackpropInput,
} from './wasm-training/kernels-2d.ts';
import { conv3D, conv3DBackpropFilterV2, conv3DBackpropInputV2 } from './wasm-training/kernels-3d.ts';
import { maxPool3D, maxPool3DGrad } from './wasm-training/max-pool-3d.ts';
import { addKernel, replaceKernel } from './wasm-training/register.ts';

addKernel(Conv2DBackpropFilter, conv2DBackpropFilter);
addKernel(DepthwiseConv2dNativeBackpropFilter, depthwiseConv2dNativeBackpropFilter);
addKernel(DepthwiseConv2dNativeBackpropInput, depthwiseConv2dNativeBackpropInput);
replaceKernel(Conv2DBackpropInput, conv2DBackpropInput);
replaceKernel(Conv3D, conv3D);
replaceKernel(Conv3DBackpropFilterV2, conv3DBackpropFilterV2);
replaceKernel(Conv3DBackpropInputV2, conv3DBackpropInputV2);
replaceKernel(MaxPool3D, maxPool3D);
replaceKernel(MaxPool3DGrad, maxPool3DGrad);
